// The flow of test_typescript.py, and a worker for one of its steps: what pgflow's own worker does, outside of Deno.
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [packages, command, address, argument] = process.argv.slice(2);
const { resolve } = createRequire(packages + "/");
const brought = (name) => import(pathToFileURL(resolve(name)));
const { Flow, compileFlow } = await brought(packages + "/node_modules/@pgflow/dsl/dist/index.js");
const { PgflowSqlClient } = await brought(packages + "/node_modules/@pgflow/core/dist/index.js");
const { default: postgres } = await brought(packages + "/node_modules/postgres/src/index.js");

const shout = (word) => ({ word: word.toUpperCase(), by: "node" });
const flow = new Flow({ slug: "mixed" })
  .array({ slug: "words" }, ({ run }) => run.split(" "))
  .map({ slug: "shout", array: "words" }, shout)
  .step({ slug: "join", dependsOn: ["shout"] }, (input) => input.shout.map((each) => each.word).join(" "));

async function work(sql, client) {
  const worker = randomUUID();
  await sql`insert into pgflow.workers (worker_id, queue_name, function_name) values (${worker}, 'mixed', 'mixed')`;
  const beat = () => sql`update pgflow.workers set last_heartbeat_at = clock_timestamp() where worker_id = ${worker}`;
  setInterval(beat, 200);
  for (;;) {
    const messages = await client.readMessages("mixed", 30, 10, 1, 20);
    for (const { msg_id, message } of messages)
      if (message.step_slug !== "shout") await sql`select pgmq.set_vt('mixed', ${msg_id}::bigint, 0)`;
    const own = messages.filter(({ message }) => message.step_slug === "shout").map(({ msg_id }) => msg_id);
    for (const task of own.length ? await client.startTasks("mixed", own, worker) : []) {
      if (argument === "hang") {
        console.log("claimed");
        await new Promise(() => {});
      }
      await client.completeTask(task, shout(task.input));
    }
  }
}

if (command === "compile") console.log(JSON.stringify(compileFlow(flow)));
else {
  const sql = postgres(JSON.parse(address));
  const client = new PgflowSqlClient(sql);
  if (command === "start") {
    const run = await client.startFlow("mixed", argument);
    console.log(run.run_id);
    await sql.end();
  } else await work(sql, client);
}
