"""What turns a Walk into model input: poses, silhouettes, skeleton maps, the PAV, and the contract that names them."""
