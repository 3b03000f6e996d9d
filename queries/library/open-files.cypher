// question: Which file objects are there that may be open?
// columns: file, refcount, path (who keeps it)
// read: A snapshot doesn't know whether close() was called; a file that was closed and is still kept is rare, a file that was never
//   closed is not. Standard input, output and error are three of them.
// param limit = 50
MATCH (f)
WHERE f.type IN ['_io.FileIO', '_io._WindowsConsoleIO']
WITH f
ORDER BY f.id
LIMIT $limit
RETURN f AS file, f.refcount AS refcount, path(f) AS path
