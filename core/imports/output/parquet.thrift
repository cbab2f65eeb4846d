// The part of Apache Parquet's footer that our files have, for moving row groups between files.
// Field numbers and types are those of the format's specification; enumerations stand as i32, and
// what is only handed on is named as there. A test holds that a footer survives unchanged.

struct Nothing {}

struct IntegerLogic {
  1: required byte bit_width
  2: required bool is_signed
}

union TimeUnit {
  1: Nothing milliseconds
}

struct TimestampLogic {
  1: required bool is_utc
  2: required TimeUnit unit
}

union Logic {
  1: Nothing as_text
  3: Nothing as_list
  6: Nothing as_date
  8: TimestampLogic as_timestamp
  10: IntegerLogic as_integer
}

struct SchemaElement {
  1: optional i32 type
  2: optional i32 type_length
  3: optional i32 repetition
  4: required binary name
  5: optional i32 children
  6: optional i32 converted_type
  7: optional i32 scale
  8: optional i32 precision
  9: optional i32 field_id
  10: optional Logic logic
}

struct Statistics {
  1: optional binary max
  2: optional binary min
  3: optional i64 null_count
  4: optional i64 distinct_count
  5: optional binary max_value
  6: optional binary min_value
  7: optional bool max_value_is_exact
  8: optional bool min_value_is_exact
  9: optional i64 nan_count
}

struct KeyValue {
  1: required binary key
  2: optional binary value
}

struct ColumnData {
  1: required i32 type
  2: required list<i32> encodings
  3: required list<binary> path
  4: required i32 codec
  5: required i64 values
  6: required i64 uncompressed_bytes
  7: required i64 compressed_bytes
  8: optional list<KeyValue> metadata
  9: required i64 data_page_offset
  10: optional i64 index_page_offset
  11: optional i64 dictionary_page_offset
  12: optional Statistics statistics
}

struct ColumnChunk {
  1: optional binary file
  2: required i64 file_offset
  3: optional ColumnData data
  4: optional i64 offset_index_offset
  5: optional i32 offset_index_bytes
  6: optional i64 column_index_offset
  7: optional i32 column_index_bytes
}

struct RowGroup {
  1: required list<ColumnChunk> columns
  2: required i64 uncompressed_bytes
  3: required i64 rows
  5: optional i64 file_offset
  6: optional i64 compressed_bytes
  7: optional i16 ordinal
}

union Order {
  1: Nothing by_type
  2: Nothing total
}

struct Footer {
  1: required i32 version
  2: required list<SchemaElement> schema
  3: required i64 rows
  4: required list<RowGroup> row_groups
  5: optional list<KeyValue> metadata
  6: optional binary created_by
  7: optional list<Order> orders
}

// A footer around its row groups, which are written one by one between the two. The compact
// protocol tells a field by its distance from the one before: numbered from 1, the fields after
// the row groups (5 to 7 there) have the same bytes.
struct BeforeRowGroups {
  1: required i32 version
  2: required list<SchemaElement> schema
  3: required i64 rows
}

struct AfterRowGroups {
  1: optional list<KeyValue> metadata
  2: optional binary created_by
  3: optional list<Order> orders
}
