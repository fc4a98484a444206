"""Commits, trees and blobs: looked up, read, compared, merged, and made."""
