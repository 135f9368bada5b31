"""What the files of a project say: classes and triggers, objects and fields."""
