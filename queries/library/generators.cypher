// question: Which generators and coroutines are suspended, and what do their variables hold?
// columns: generator, retained, holds (variables and the types of what they refer to), path
// read: A generator that nobody finishes keeps its variables, and so files, cursors and sockets. holds narrows it down to those with a
//   variable of such a type: --param holds=socket
// param holds = ""
// param limit = 20
MATCH (g)-[:gi_frame|cr_frame|ag_frame*0..1]->()-[e]->(x)
WHERE g.type IN ['generator', 'coroutine', 'async_generator'] AND e.kind IN ['local', 'closure'] AND x.type CONTAINS $holds
WITH g, collect(DISTINCT e.name + ': ' + x.type) AS holds
ORDER BY g.retained DESC, g.id
LIMIT $limit
RETURN g AS generator, g.retained AS retained, holds, path(g) AS path
