"""What a map of points needs, whoever draws it: the drawing order, the bytes, the colours, who is inside a shape."""
