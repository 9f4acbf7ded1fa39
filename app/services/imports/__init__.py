"""Reading what officials prepare in Excel: judged as a whole, imported as a whole or not at all."""
