"""Check: operators and options of database calls, against what Amazon DocumentDB 5.0 has.

The code is searched here; `tests/documentdb.py` holds the same tables against every command that a
test leads to. Source: Amazon DocumentDB developer guide, "Supported MongoDB APIs, operations, and
data types" and "Functional differences", and the table of awslabs/amazon-documentdb-tools.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.checks.results import CheckResult
from infra.staging import ROOT

CHECK = "DocumentDB 5.0"

QUERY_OPERATORS = {
    *("$all", "$and", "$bitsAllClear", "$bitsAllSet", "$bitsAnyClear", "$bitsAnySet", "$comment"),
    *("$elemMatch", "$eq", "$exists", "$expr", "$geoIntersects", "$geoWithin", "$gt", "$gte"),
    *("$in", "$jsonSchema", "$lt", "$lte", "$mod", "$ne", "$nin", "$nor", "$not", "$or"),
    *("$options", "$regex", "$size", "$text", "$type"),
}
UPDATE_OPERATORS = {
    *("$addToSet", "$bit", "$currentDate", "$each", "$inc", "$max", "$min", "$mul", "$pop"),
    *("$position", "$pull", "$pullAll", "$push", "$rename", "$set", "$setOnInsert", "$slice"),
    *("$sort", "$unset"),
}
STAGES = {
    *("$addFields", "$changeStream", "$count", "$currentOp", "$geoNear", "$group", "$indexStats"),
    *("$limit", "$lookup", "$match", "$out", "$project", "$redact", "$replaceRoot", "$sample"),
    *("$skip", "$sort", "$unwind"),
}
EXPRESSIONS = {
    *("$abs", "$add", "$arrayElemAt", "$arrayToObject", "$avg", "$cmp", "$concat"),
    *("$concatArrays", "$cond", "$dateAdd", "$dateFromString", "$dateSubtract", "$dateToString"),
    *("$divide", "$filter", "$first", "$ifNull", "$indexOfArray", "$isArray", "$last", "$let"),
    *("$literal", "$map", "$mergeObjects", "$multiply", "$objectToArray", "$range", "$reduce"),
    *("$regexMatch", "$reverseArray", "$setDifference", "$setEquals", "$setIntersection"),
    *("$setIsSubset", "$setUnion", "$split", "$strLenBytes", "$strLenCP", "$strcasecmp"),
    *("$substrBytes", "$substrCP", "$subtract", "$sum", "$switch", "$toLower", "$toString"),
    *("$toUpper", "$zip"),
}
OPERATORS = QUERY_OPERATORS | UPDATE_OPERATORS | STAGES | EXPRESSIONS

OF_JSON_SCHEMA = {"$ref", "$schema", "$id", "$defs"}

MISSING_OPTIONS: Mapping[str, str] = {
    "collation": "DocumentDB 5.0 has no collation",
    "let": "DocumentDB 5.0 has no variables of a command",
    "bypass_document_validation": "DocumentDB 5.0 does not know it",
    "wildcardProjection": "DocumentDB 5.0 has no wildcard indexes",
    "hidden": "DocumentDB 5.0 has no hidden indexes",
}
"""Keyword of a call → why it cannot be used."""

INDEX_KINDS = {1, -1, "text", "2dsphere"}
READ_CONCERNS = {"local", "majority", "available"}

METHODS = {
    *("find", "find_one", "find_one_and_update", "find_one_and_delete", "find_one_and_replace"),
    *("update_one", "update_many", "replace_one", "delete_one", "delete_many", "aggregate"),
    *("count_documents", "distinct", "create_index", "create_indexes", "bulk_write", "hint"),
    *("UpdateOne", "UpdateMany", "ReplaceOne", "DeleteOne", "DeleteMany", "IndexModel"),
}
WITH_UPDATE = {"update_one", "update_many", "find_one_and_update", "UpdateOne", "UpdateMany"}


def check(root: Path = ROOT) -> CheckResult:
    findings: list[str] = []
    operators, calls = set(), 0
    for folder in ("core", "handlers", "infra"):
        for path in sorted((root / folder).rglob("*.py")):
            if path.is_relative_to(root / "infra" / "checks"):
                continue
            name = path.relative_to(root).as_posix()
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Dict):
                    used = set(_operators(node))
                    operators |= used
                    findings += [
                        f"{name}:{node.lineno}: DocumentDB 5.0 has no {operator}"
                        for operator in sorted(used - OPERATORS)
                    ]
                elif isinstance(node, ast.Call):
                    faults = [*faults_of_connection(node)]
                    if _method(node) in METHODS:
                        calls += 1
                        faults += faults_of(node)
                    findings += [f"{name}:{node.lineno}: {fault}" for fault in faults]
    return CheckResult(CHECK, f"{len(operators)} operators, {calls} calls", tuple(findings))


def _operators(node: ast.Dict) -> Iterator[str]:
    for key in node.keys:
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            known = key.value in OF_JSON_SCHEMA
            if re.fullmatch(r"\$[A-Za-z]+", key.value) and not known:
                yield key.value


def _method(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def faults_of_connection(call: ast.Call) -> Iterator[str]:
    """Of what a client, a session or a collection is set to. Sessions and transactions exist."""
    for keyword in call.keywords:
        is_on = isinstance(keyword.value, ast.Constant) and keyword.value.value is True
        if keyword.arg == "retryWrites" and is_on:
            yield "DocumentDB 5.0 has no retryable writes"
    if _method(call) == "ReadConcern":
        for level in (*call.args, *(k.value for k in call.keywords)):
            if isinstance(level, ast.Constant) and level.value not in READ_CONCERNS:
                yield f"DocumentDB 5.0 does not have the read concern {level.value!s}"


def faults_of(call: ast.Call) -> Iterator[str]:
    """Of the options of a call of the driver."""
    method = _method(call)
    for keyword in call.keywords:
        if keyword.arg is not None and keyword.arg in MISSING_OPTIONS:
            yield f"{method}({keyword.arg}=…): {MISSING_OPTIONS[keyword.arg]}"
    hints = [k.value for k in call.keywords if k.arg == "hint"]
    hints += call.args[:1] if method == "hint" else []
    if any(isinstance(hint, ast.Constant) and isinstance(hint.value, str) for hint in hints):
        yield f"{method} gives a hint by an index's name; DocumentDB takes a key pattern alone"
    updates = [k.value for k in call.keywords if k.arg == "update"]
    updates += call.args[1:2] if method in WITH_UPDATE else []
    if any(isinstance(update, ast.List) for update in updates):
        yield f"{method} updates by a pipeline, which DocumentDB 5.0 does not have"
    for node in ast.walk(call):
        if isinstance(node, ast.Constant) and node.value in ("hashed", "$**", "2d"):
            yield f"{method} asks for an index of kind {node.value}, which DocumentDB 5.0 has not"


def faults_of_command(name: str, command: Mapping[str, Any]) -> Iterator[str]:
    """Of a command as it goes to the server."""
    parts = [command, *command.get("updates", ()), *command.get("deletes", ())]
    for part in parts:
        for option in ("collation", "let", "bypassDocumentValidation"):
            if part.get(option):
                yield f"{name} has the option {option}, which DocumentDB 5.0 does not know"
        for condition in ("filter", "query", "q"):
            yield from _unknown(name, _keys_of_filter(part.get(condition) or {}), QUERY_OPERATORS)
        for update in ("u", "update"):
            change = part.get(update)
            if isinstance(change, list):
                yield f"{name} updates by a pipeline, which DocumentDB 5.0 does not have"
            elif isinstance(change, Mapping):
                yield from _unknown(name, change, UPDATE_OPERATORS)
    for stage in command.get("pipeline", ()):
        yield from _unknown(name, stage, STAGES)
        yield from _unknown(name, _keys_of_filter(stage.get("$match", {})), QUERY_OPERATORS)
    if "txnNumber" in command:
        yield f"{name} is a retryable write, which DocumentDB 5.0 does not have"
    level = (command.get("readConcern") or {}).get("level", "local")
    if level not in READ_CONCERNS:
        yield f"{name} has the read concern {level}, which DocumentDB 5.0 does not have"
    for index in command.get("indexes", ()) if name == "createIndexes" else ():
        yield from _index_faults(index)


def _index_faults(index: Mapping[str, Any]) -> Iterator[str]:
    for field, kind in index["key"].items():
        if kind not in INDEX_KINDS or "$**" in field:
            yield f"DocumentDB 5.0 has no index {{{field}: {kind}}}"
    for option in ("collation", "wildcardProjection", "hidden"):
        if option in index:
            yield f"an index of DocumentDB 5.0 has no option {option}"


def _unknown(name: str, keys: Any, known: set[str]) -> Iterator[str]:
    for key in keys:
        if key.startswith("$") and key not in known:
            yield f"{name} uses {key}, which DocumentDB 5.0 does not have there"


def _keys_of_filter(query: Any) -> Iterator[str]:
    """Not of the values that are compared with, which are data."""
    if isinstance(query, Mapping):
        for key, value in query.items():
            yield key
            if key not in ("$eq", "$ne", "$in", "$nin", "$all", "$gt", "$gte", "$lt", "$lte"):
                yield from _keys_of_filter(value)
    elif isinstance(query, list):
        for item in query:
            yield from _keys_of_filter(item)
