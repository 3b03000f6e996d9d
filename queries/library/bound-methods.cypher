// question: Whose bound methods are kept, as listeners and callbacks are?
// columns: listener (type that the method is bound to), holder (type of what holds the method), methods, listeners, retained
// read: A bound method keeps its object. Where listeners outnumber what is really in use, they are never unsubscribed; a
//   weakref.WeakMethod doesn't keep them.
// param limit = 20
MATCH (h)-[e]->(m)-[:__self__]->(x)
WHERE m.type = 'method' AND e.class <> 'weak'
RETURN x.type AS listener, h.type AS holder, count(DISTINCT m) AS methods, count(DISTINCT x) AS listeners, retained(collect(DISTINCT x)) AS retained
ORDER BY methods DESC, listener, holder
LIMIT $limit
