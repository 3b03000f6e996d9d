// question: Which instances do closures keep, such as a request that a callback was made for?
// columns: type (of the instance), variable, closures (functions that have it), objects, retained (bytes that go if all of these objects go)
// read: As many closures as requests were served means that the callbacks are never dropped. Bind what the callback needs, not
//   the whole request. type narrows it down: --param type=Request
// param type = ""
// param limit = 20
MATCH (f)-[:__closure__]->()-->(c)-[:cell_contents]->(x)
WHERE f.type = 'function' AND x.kind = 'instance' AND x.type CONTAINS $type
RETURN x.type AS type, count(DISTINCT f) AS closures, count(DISTINCT x) AS objects, retained(collect(DISTINCT x)) AS retained
ORDER BY retained DESC, type
LIMIT $limit
