"""The content types of the objects that the product writes."""

JSON = "application/json"
NDJSON = "application/x-ndjson"
CSV = "text/csv; charset=utf-8"
PARQUET = "application/vnd.apache.parquet"
ARROW = "application/vnd.apache.arrow.file"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
