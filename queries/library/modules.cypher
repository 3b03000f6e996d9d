// question: Which modules retain most?
// columns: module, retained
// read: What goes if the module goes. Objects that two modules share are in neither row.
// param limit = 20
MATCH (m:module)
RETURN m.name AS module, m.retained AS retained
ORDER BY retained DESC, module
LIMIT $limit
