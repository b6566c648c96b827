// Takes the contents of HBM in a program, where no transfer is counted.

import HBMSim

func run(on machine: Machine, _ memory: HBM, _ Q: HBMTensor<Queries, Features>) throws {
  let launch = Launch(grid: 1, footprint: 1 << 16, lanes: Queries.self)
  _ = try machine.launch(launch, memory: memory) { core, head in
    _ = memory.contents(of: Q)
    // expected-error@-1 {{'contents' is inaccessible due to '@_spi' protection level}}
  }
}
