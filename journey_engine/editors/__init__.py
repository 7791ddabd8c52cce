"""What an editor needs to help while somebody writes: JSON Schemas of the files; it checks nothing itself."""
