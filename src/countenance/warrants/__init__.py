"""The law as code, pure: what a warrant may say, who must have signed it, and what follows."""
