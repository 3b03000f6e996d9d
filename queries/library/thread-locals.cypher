// question: Which local variables of running functions keep most?
// columns: thread, frame, variable, object, retained
// read: They go when the function returns. A main loop never returns: what its variables hold stays. Those of a module's own code are
//   its globals, and not in it.
// param least = 1024
// param limit = 20
MATCH (f:root)-[e]->(x)
WHERE f.kind = 'frame' AND e.kind IN ['local', 'closure', 'stack', 'field']
// Before CPython 3.11 a frame is an object, which its root leads to.
OPTIONAL MATCH (x)-[inner]->(y)
WHERE x.type = 'frame' AND e.kind = 'field' AND inner.kind IN ['local', 'closure', 'stack']
WITH f, coalesce(inner, e) AS e, coalesce(y, x) AS x
WHERE x.retained >= $least AND e.kind <> 'field'
WITH DISTINCT f.thread AS thread, f.name AS frame, e.name AS variable, x
RETURN thread, frame, variable, x AS object, x.retained AS retained
ORDER BY retained DESC, frame, variable
LIMIT $limit
