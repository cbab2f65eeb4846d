"""Which rows have a value that another product of the catalogue has.

The chunk tasks have no database, so it is asked once, for all of them, by whoever has it. A small
catalogue is read as a whole; of a large one only the products that the file's values find. Memory
holds one chunk's values and, of the catalogue, `PRODUCTS_AT_ONCE` products at most.

A row whose own id is left open by the first pass counts here whoever has its value; the second pass
knows the row's product, and drops what is its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import msgspec
import polars as pl

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.imports.json_lines import escaped
from core.imports.model import Chunk, Plan
from core.imports.uniqueness.again import ChunkAgain, get_chunks, put_chunks
from core.imports.uniqueness.ahead import each_ahead
from core.imports.uniqueness.columns import is_unique
from core.imports.uniqueness.emitting import ID, ROW, get_frame, number_text, put_frame
from core.imports.uniqueness.repeats import POSITION
from core.settings import Settings
from core.storage import ImportKeys, ObjectMissing, ObjectStore

PRODUCT = "product"
TAKEN_SCHEMA = {ROW: pl.UInt32, POSITION: pl.Int32, PRODUCT: pl.String}

PRODUCTS_AT_ONCE = 200_000
"""A catalogue up to this size is read as a whole, in a few seconds and some 50 MB."""
VALUES_AT_ONCE = 1_000
"""Values in one query: some 20 KB of them."""

_VALUE = "value"
_OWNERS_SCHEMA = {_VALUE: pl.String, PRODUCT: pl.String}

Owned = tuple[str, Any]
"""The `_id` of a product, and its value of the attribute that was asked for."""


class ProductsOfCatalogue(Protocol):
    """What the catalogue is asked."""

    def count(self) -> int:
        """About how many products there are."""
        ...

    def having(self, attribute: str) -> Iterable[Owned]:
        """All products with a value of the attribute."""
        ...

    def having_one_of(self, attribute: str, values: Sequence[Any]) -> Iterable[Owned]:
        """The products with one of these values, found by index."""
        ...


def judge_again(
    store: ObjectStore,
    settings: Settings,
    keys: ImportKeys,
    plan: Plan,
    definitions: Sequence[AttributeDefinition],
    catalogue: ProductsOfCatalogue | None,
) -> tuple[ChunkAgain, ...]:
    """Compare with the catalogue (None: there is none), and settle which chunks are judged again:
    those with repeats in the file and those with values that are taken. Writes what is taken, then
    the list of these chunks, which it returns.

    The catalogue may change from one minute to the next; so once the list stands, a repetition
    returns it as it is. Raises ObjectMissing when the file's repeats were not looked for.
    """
    bucket = settings.results_bucket
    try:
        return get_chunks(store, bucket, keys.again)
    except ObjectMissing:
        pass
    repeated = {chunk.index: chunk.repeats for chunk in get_chunks(store, bucket, keys.repeated)}
    chunks = msgspec.json.decode(store.get(bucket, keys.chunks), type=tuple[Chunk, ...])
    taken = dict(_taken(store, bucket, keys, plan, definitions, chunks, catalogue))
    concerned = [
        ChunkAgain(
            **msgspec.structs.asdict(chunk),
            repeats=repeated.get(chunk.index, 0),
            taken=taken.get(chunk.index, 0),
        )
        for chunk in chunks
        if chunk.index in repeated or chunk.index in taken
    ]
    return put_chunks(store, bucket, keys.again, concerned)


def _taken(
    store: ObjectStore,
    bucket: str,
    keys: ImportKeys,
    plan: Plan,
    definitions: Sequence[AttributeDefinition],
    chunks: Sequence[Chunk],
    catalogue: ProductsOfCatalogue | None,
) -> Iterator[tuple[int, int]]:
    """Writes the taken values of each chunk that has some; gives its index and their number."""
    by_name = {definition.name: definition for definition in definitions if is_unique(definition)}
    names = {i: plan.columns[i].attribute or "" for i in plan.unique_columns}
    unique = {index: by_name[name] for index, name in names.items() if name in by_name}
    if catalogue is None or not unique:
        return
    size = catalogue.count()
    if size == 0:
        return
    owners = {
        index: _owners_of_all(catalogue, definition)
        if size <= PRODUCTS_AT_ONCE
        else _owners_as_asked(catalogue, definition)
        for index, definition in unique.items()
    }

    def read(chunk: Chunk) -> pl.DataFrame:
        return get_frame(store, bucket, keys.unique_values(chunk.index))

    for chunk, frame in each_ahead(read, chunks):
        found = pl.concat(
            _taken_by_others(frame, index, owners_of) for index, owners_of in owners.items()
        ).sort(ROW, POSITION)
        if found.height:
            put_frame(store, bucket, keys.taken(chunk.index), found)
            yield chunk.index, found.height


_Owners = Callable[[pl.Series], Iterable[pl.DataFrame]]
"""From values of a file to the products that have them, as frames of `_OWNERS_SCHEMA`."""


def _taken_by_others(frame: pl.DataFrame, index: int, owners_of: _Owners) -> pl.DataFrame:
    """The rows whose value in column `index` belongs to another product."""
    rows = frame.select(ROW, ID, pl.col(str(index)).alias(_VALUE)).drop_nulls(_VALUE)
    is_other = pl.col(ID).is_null() | (pl.col(ID) != pl.col(PRODUCT))
    found = [
        rows.join(owners, on=_VALUE).filter(is_other) for owners in owners_of(rows[_VALUE].unique())
    ]
    taken = pl.concat(found) if found else pl.DataFrame(schema={ROW: pl.UInt32, PRODUCT: pl.String})
    return (
        taken.group_by(ROW)
        .agg(pl.col(PRODUCT).min())  # one, should an index be missing
        .select(ROW, pl.lit(index, dtype=pl.Int32).alias(POSITION), PRODUCT)
        .cast(TAKEN_SCHEMA)  # type: ignore[arg-type]  # names to types, as it wants them
    )


def _owners_of_all(catalogue: ProductsOfCatalogue, definition: AttributeDefinition) -> _Owners:
    owners = _owners(catalogue.having(definition.name), definition)
    return lambda _: [owners]


def _owners_as_asked(catalogue: ProductsOfCatalogue, definition: AttributeDefinition) -> _Owners:
    def owners(texts: pl.Series) -> Iterator[pl.DataFrame]:
        values = _stored_values(texts, definition)
        for start in range(0, len(values), VALUES_AT_ONCE):
            asked = values[start : start + VALUES_AT_ONCE]
            yield _owners(catalogue.having_one_of(definition.name, asked), definition)

    return owners


def _stored_values(texts: pl.Series, definition: AttributeDefinition) -> list[Any]:
    """The values as products store them."""
    mark = "" if definition.type is AttributeType.NUMBER else '"'
    return [msgspec.json.decode(f"{mark}{text}{mark}") for text in texts.to_list()]


def _owners(owned: Iterable[Owned], definition: AttributeDefinition) -> pl.DataFrame:
    """Values of another type, from before the attribute changed its own, equal none of the file."""
    is_number = definition.type is AttributeType.NUMBER
    fitting: Mapping[str, list[str]] = {_VALUE: [], PRODUCT: []}
    for product, value in owned:
        if isinstance(value, bool) or isinstance(value, str) is is_number:
            continue
        if not isinstance(value, str | int | float):
            continue
        fitting[_VALUE].append(value if isinstance(value, str) else repr(value))
        fitting[PRODUCT].append(str(product))
    text = number_text(pl.col(_VALUE)) if is_number else escaped(pl.col(_VALUE))
    return pl.DataFrame(fitting, schema=_OWNERS_SCHEMA).with_columns(text)
