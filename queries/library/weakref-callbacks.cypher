// question: Which weak references have callbacks, and what do they watch?
// columns: watched (type), callback (path to the function), references
// read: A callback runs when what it watches goes. As many references as objects that should have gone: something else keeps these,
//   heapdiff paths says what.
// param limit = 20
MATCH (x)<-[:wr_object]-(w)-[:__callback__]->(f)
WHERE f.type <> 'NoneType'
WITH x.type AS watched, f, count(*) AS references
ORDER BY references DESC, watched
LIMIT $limit
RETURN watched, path(f) AS callback, references
