// question: Which functools.lru_cache caches are how full?
// columns: function (path to it), entries, retained
// read: Without maxsize, or on a method, such a cache keeps every argument that ever came, self among them.
// param limit = 20
MATCH (f)-[:cache]->(d)
WHERE f.type = 'functools._lru_cache_wrapper'
WITH f, d
ORDER BY d.length DESC, f.id
LIMIT $limit
RETURN path(f) AS function, d.length AS entries, f.retained AS retained
