"""Finds the rows with a value of a product of the catalogue, and decides which of them keep it.

The chunk tasks have no database, so one task queries it for all chunks. A small catalogue is read
as a whole; of a large one, only the products that have values of the file. Memory holds the values
of one chunk, and at most `PRODUCTS_AT_ONCE` products of the catalogue.

Such a value belongs to its product: the first row of the file about that product keeps the value,
and every other row with it gets a fault that names the product. The decision takes one bit for each
row of the file and unique column; see owners.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import msgspec
import polars as pl

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.concurrency import ordered_map
from core.imports.model import Chunk, Plan
from core.imports.uniqueness.columns import is_unique
from core.imports.uniqueness.emitting import ID, ROW, get_frame, number_text, put_frame
from core.imports.uniqueness.owners import ValueOwners
from core.imports.uniqueness.repeats import FIRST_ROW, POSITION, REPEATS_SCHEMA
from core.imports.uniqueness.revalidation import RevalidationChunk, get_chunks, put_chunks
from core.settings import Settings
from core.storage import ImportKeys, ObjectMissing, ObjectStore

PRODUCT = "product"
TAKEN_SCHEMA = {ROW: pl.UInt32, POSITION: pl.Int32, PRODUCT: pl.String}
"""`PRODUCT` is null if a row keeps its value although an earlier row has it too."""

PRODUCTS_AT_ONCE = 200_000
"""A catalogue up to this size is read as a whole, in a few seconds and with some 50 MB."""
VALUES_AT_ONCE = 1_000
"""Values in one query: some 20 KB of them."""
QUERIES_IN_FLIGHT = 4
"""Queries spend most of their time waiting for the database; the smallest instance has two
processors."""

_VALUE = "value"
_OWNERS_SCHEMA = {_VALUE: pl.String, PRODUCT: pl.String}

Owned = tuple[str, Any]
"""The `_id` of a product, and its value of the requested attribute."""


class ProductsOfCatalogue(Protocol):
    """The queries to the catalogue."""

    def count(self) -> int:
        """The approximate number of products."""
        ...

    def having(self, attribute: str) -> Iterable[Owned]:
        """All products with a value of the attribute."""
        ...

    def having_one_of(self, attribute: str, values: Sequence[Any]) -> Iterable[Owned]:
        """The products with one of these values, found by index. Called from several threads."""
        ...


def plan_revalidation(
    store: ObjectStore,
    settings: Settings,
    keys: ImportKeys,
    plan: Plan,
    definitions: Sequence[AttributeDefinition],
    catalogue: ProductsOfCatalogue | None,
) -> tuple[RevalidationChunk, ...]:
    """Compare with the catalogue (None: there is none), and decide which chunks are validated
    again: those with repeats in the file, and those with taken values. Writes the taken values and
    then the list of these chunks, and returns the list.

    The catalogue may change at any time, so once the list is written, a repetition returns it
    unchanged. Raises ObjectMissing if the file was not searched for repeats.
    """
    bucket = settings.results_bucket
    try:
        return get_chunks(store, bucket, keys.again)
    except ObjectMissing:
        pass
    compared = get_chunks(store, bucket, keys.repeated)
    repeated = {chunk.index: chunk.repeats for chunk in compared if chunk.repeats}
    in_doubt = {chunk.index: chunk.in_doubt for chunk in compared if chunk.in_doubt}
    chunks = msgspec.json.decode(store.get(bucket, keys.chunks), type=tuple[Chunk, ...])
    taken = dict(_taken(store, bucket, keys, plan, definitions, chunks, repeated, catalogue))
    affected = [
        RevalidationChunk(
            **msgspec.structs.asdict(chunk),
            repeats=repeated.get(chunk.index, 0),
            taken=taken.get(chunk.index, 0),
            in_doubt=in_doubt.get(chunk.index, ()),
        )
        for chunk in chunks
        if chunk.index in repeated or chunk.index in taken or chunk.index in in_doubt
    ]
    return put_chunks(store, bucket, keys.again, affected)


def _taken(
    store: ObjectStore,
    bucket: str,
    keys: ImportKeys,
    plan: Plan,
    definitions: Sequence[AttributeDefinition],
    chunks: Sequence[Chunk],
    repeated: Mapping[int, int],
    catalogue: ProductsOfCatalogue | None,
) -> Iterator[tuple[int, int]]:
    """Write the taken values of each chunk that has some; yields its index and their number.
    `repeated` has the indexes of the chunks with repeats."""
    by_name = {definition.name: definition for definition in definitions if is_unique(definition)}
    names = {i: plan.columns[i].attribute or "" for i in plan.unique_columns}
    unique = {index: by_name[name] for index, name in names.items() if name in by_name}
    if catalogue is None or not unique:
        return
    size = catalogue.count()
    if size == 0 or not chunks:
        return
    owners = {
        index: _owners_of_all(catalogue, definition)
        if size <= PRODUCTS_AT_ONCE
        else _owners_by_query(catalogue, definition)
        for index, definition in unique.items()
    }

    rows = max(chunk.first_row + chunk.rows for chunk in chunks)
    keepers = {index: ValueOwners(rows) for index in unique}

    def read(chunk: Chunk) -> tuple[Chunk, pl.DataFrame, pl.DataFrame]:
        repeats = pl.DataFrame(schema=REPEATS_SCHEMA)
        if chunk.index in repeated:
            repeats = get_frame(store, bucket, keys.repeats(chunk.index))
        return chunk, get_frame(store, bucket, keys.unique_values(chunk.index)), repeats

    for chunk, frame, repeats in ordered_map(read, chunks):
        found = pl.concat(
            _taken_of_column(frame, repeats, index, owners_of, keepers[index])
            for index, owners_of in owners.items()
        ).sort(ROW, POSITION)
        if found.height:
            put_frame(store, bucket, keys.taken(chunk.index), found)
            yield chunk.index, found.height


_Owners = Callable[[pl.Series], Iterable[pl.DataFrame]]
"""Maps values of a file to the products that have them, as frames of `_OWNERS_SCHEMA`."""


def _taken_of_column(
    frame: pl.DataFrame, repeats: pl.DataFrame, index: int, owners_of: _Owners, keepers: ValueOwners
) -> pl.DataFrame:
    """The decisions about column `index` of one chunk, in TAKEN_SCHEMA."""
    rows = frame.select(ROW, ID, pl.col(str(index)).alias(_VALUE)).drop_nulls(_VALUE)
    # min: a single owner, even if the unique index is missing
    found = [
        rows.join(owners.group_by(_VALUE).agg(pl.col(PRODUCT).min()), on=_VALUE)
        for owners in owners_of(rows[_VALUE].unique())
    ]
    if not found:
        return pl.DataFrame(schema=TAKEN_SCHEMA)
    earlier = repeats.filter(pl.col(POSITION) == index).select(ROW, FIRST_ROW)
    owned = pl.concat(found).join(earlier, on=ROW, how="left").sort(ROW)
    value_at = owned[FIRST_ROW].fill_null(owned[ROW])
    keeps = keepers.first(value_at, owned[ID].eq_missing(owned[PRODUCT]))
    decided = (
        owned.with_columns(pl.when(~keeps).then(PRODUCT).alias(PRODUCT))
        .filter(pl.col(PRODUCT).is_not_null() | pl.col(FIRST_ROW).is_not_null())
        .select(ROW, pl.lit(index).alias(POSITION), PRODUCT)
    )
    return pl.DataFrame(decided, schema_overrides=TAKEN_SCHEMA)


def _owners_of_all(catalogue: ProductsOfCatalogue, definition: AttributeDefinition) -> _Owners:
    owners = _owners(catalogue.having(definition.name), definition)
    return lambda _: [owners]


def _owners_by_query(catalogue: ProductsOfCatalogue, definition: AttributeDefinition) -> _Owners:
    def query(values: Sequence[Any]) -> pl.DataFrame:
        return _owners(catalogue.having_one_of(definition.name, values), definition)

    def owners(texts: pl.Series) -> Iterator[pl.DataFrame]:
        values = _stored_values(texts, definition)
        starts = range(0, len(values), VALUES_AT_ONCE)
        pages = (values[start : start + VALUES_AT_ONCE] for start in starts)
        return ordered_map(query, pages, QUERIES_IN_FLIGHT)

    return owners


def _stored_values(texts: pl.Series, definition: AttributeDefinition) -> list[Any]:
    """The values in the form that products store."""
    if definition.type is AttributeType.NUMBER:
        return [msgspec.json.decode(text) for text in texts.to_list()]
    return texts.to_list()


def _owners(owned: Iterable[Owned], definition: AttributeDefinition) -> pl.DataFrame:
    """The products and their values, in `_OWNERS_SCHEMA`. Values of another type, from an earlier
    definition of the attribute, are left out: they cannot equal a value of the file."""
    is_number = definition.type is AttributeType.NUMBER
    comparable: Mapping[str, list[str]] = {_VALUE: [], PRODUCT: []}
    for product, value in owned:
        if isinstance(value, bool) or isinstance(value, str) is is_number:
            continue
        if not isinstance(value, str | int | float):
            continue
        comparable[_VALUE].append(value if isinstance(value, str) else repr(value))
        comparable[PRODUCT].append(str(product))
    text = number_text(pl.col(_VALUE)) if is_number else pl.col(_VALUE)
    return pl.DataFrame(comparable, schema=_OWNERS_SCHEMA).with_columns(text)
