"""Charts: arrays in, plotly figures (and one picture) out. They look the same in a notebook and in the app."""
