"""How many telephone numbers two registers have in common: counted without either side showing one."""
