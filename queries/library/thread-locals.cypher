// question: Which local variables of running functions keep most?
// columns: thread, frame, variable, object, retained
// read: They go when the function returns. A main loop never returns: what its variables hold stays.
// param least = 1024
// param limit = 20
MATCH (f:root)-[e]->(x)
WHERE f.kind = 'frame' AND x.retained >= $least
RETURN f.thread AS thread, f.name AS frame, e.name AS variable, x AS object, x.retained AS retained
ORDER BY retained DESC, frame, variable
LIMIT $limit
