// Puts the host's numbers into HBM in a program, where no transfer is counted.

import HBMSim

func run(on machine: Machine, _ memory: HBM, _ numbers: HostBuffer) throws {
  let launch = Launch(grid: 1, footprint: 1 << 16, lanes: Queries.self)
  _ = try machine.launch(launch, memory: memory) { core, head in
    let Q: HBMTensor<Queries, Features> =
      memory.place("Q", numbers, matrices: 1, rows: 16, columns: 16)
    // expected-error@-1 {{capture of 'memory' with non-Sendable type 'HBM'}}
    _ = core.load(Q[head].blocks(rows: 16)[0])
  }
}
