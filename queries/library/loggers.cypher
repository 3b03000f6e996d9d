// question: Which handlers hang from loggers, and what do they keep?
// columns: handler (type), handlers, loggers, retained (bytes that go if the handlers go)
// read: A handler that is added for each job and never removed keeps the job, and writes each line once more. removeHandler and
//   close it where the job ends.
// param limit = 20
MATCH (l)-[:__dict__*0..1]->()-[:handlers]->(:list)-->(h)
WHERE l.type =~ '.*Logger'
RETURN h.type AS handler, count(DISTINCT h) AS handlers, count(DISTINCT l) AS loggers, retained(collect(DISTINCT h)) AS retained
ORDER BY handlers DESC, handler
LIMIT $limit
