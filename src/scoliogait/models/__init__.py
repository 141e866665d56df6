"""Plain torch modules: tensors in, a small dataclass out. Models know no data set and no training."""
