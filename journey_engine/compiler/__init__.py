"""From definitions and tables to SQL statements; it returns them and never runs one."""
