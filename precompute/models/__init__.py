"""The models that jobs run: embedder, k-means, nearest neighbours, 2-D layouts. Arrays in, arrays out."""
