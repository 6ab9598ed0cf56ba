"""What the live libraries say of the entries, and the rules that hold entries against it."""
