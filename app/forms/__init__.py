"""What is declared: the form a type describes, its answers and its rules; pure, without a database."""
