// question: How many objects do the identity maps of an ORM know?
// columns: map, entries, retained
// read: Each session has one. Maps of sessions that should be over, or one that grows with every request, mean that a session is not
//   closed. type narrows it down: --param type=WeakInstanceDict
// param type = "(?i).*(identitymap|identity_map|instancedict|unitofwork).*"
// param limit = 20
MATCH (m)-[:__dict__*0..1]->()-[e]->(d)
WHERE m.type =~ $type AND m.kind <> 'type' AND d.kind = 'container' AND e.name <> '__dict__'
RETURN m AS map, e.name AS attribute, d.length AS entries, m.retained AS retained
ORDER BY entries DESC
LIMIT $limit
