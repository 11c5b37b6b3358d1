"""The demo desk: one visitor plays everybody in a deployment that `countenance demo` made."""
