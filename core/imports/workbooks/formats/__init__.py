"""What number formats of workbooks show: units, zeros, currencies, fractions."""
