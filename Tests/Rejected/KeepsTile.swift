// Keeps a tile beyond its program, in a variable outside.

import HBMSim

func run(
  on machine: Machine, _ memory: HBM, _ Q: HBMTensor<Queries, Features>
) throws -> Tile<Queries, Features>? {
  var kept: Tile<Queries, Features>?
  let launch = Launch(grid: 1, footprint: 1 << 16, lanes: Queries.self)
  _ = try machine.launch(launch, memory: memory) { core, head in
    kept = core.load(Q[head].blocks(rows: 16)[0])
    // expected-error@-1 {{capture of 'kept' with non-Sendable type}}
    // expected-error@-2 {{mutation of captured var 'kept'}}
  }
  return kept
}
