"""Reading workbooks: xlsx, xlsb, xls and ods."""
