// question: Which asyncio tasks wait, and for what?
// columns: waits_for (type), tasks, retained (bytes that go if the tasks go)
// read: Many that wait for a bare Future may wait for something that never comes: asyncio.wait_for gives up. heapdiff tasks
//   shows where each of them stands.
// param limit = 20
MATCH (t)-[:__dict__*0..1]->()-[:_fut_waiter]->(w)
WHERE t.type =~ '.*Task' AND w.type <> 'NoneType'
RETURN w.type AS waits_for, count(DISTINCT t) AS tasks, retained(collect(DISTINCT t)) AS retained
ORDER BY tasks DESC, waits_for
LIMIT $limit
