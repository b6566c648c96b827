// What the others are measured by: a tile program and its launch, with nothing wrong.

import HBMSim
import TileKernels

func program(
  _ core: borrowing Core, _ Q: HBMBlock<Queries, Features>, _ K: HBMRowBlocks<Keys, Features>,
  _ V: HBMRowBlocks<Keys, ValueFeatures>, _ O: HBMBlock<Queries, ValueFeatures>
) {
  let Qi = core.load(Q)
  var Oi: Tile<Queries, ValueFeatures> = core.zeros(O.rows, O.columns)
  for j in K.indices {
    let Kj = core.load(K[j])
    let Vj = core.load(V[j])
    let Sij = product(Qi, transposed: Kj)
    let mij = rowMax(Sij)
    let Pij = exp(Sij, minus: mij)
    Oi.scaleRows(by: mij)
    Oi.addProduct(Pij, Vj)
  }
  core.store(Oi, to: O)
}

func run(
  on machine: Machine, _ memory: HBM, _ Q: HBMTensor<Queries, Features>,
  _ K: HBMTensor<Keys, Features>, _ V: HBMTensor<Keys, ValueFeatures>,
  _ O: HBMTensor<Queries, ValueFeatures>
) throws(LaunchError) -> Traffic {
  let launch = Launch(grid: 1, footprint: 1 << 16, lanes: Queries.self)
  let execution = try machine.launch(launch, memory: memory) { core, head in
    program(
      core, Q[head].blocks(rows: 16)[0], K[head].blocks(rows: 16), V[head].blocks(rows: 16),
      O[head].blocks(rows: 16)[0])
  }
  return execution.traffic
}
