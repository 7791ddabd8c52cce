"""Files, frames and queries of other databases made into rows as they came, all text; it stores none of them."""
