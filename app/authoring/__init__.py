"""What the authors of declaration types need: schemas, hints, differences between versions. Pure, no database."""
