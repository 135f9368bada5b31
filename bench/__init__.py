"""How fast is it? Every number beside a floor that was measured in the same minutes."""
