// Copies a tile, as if SRAM were free.

import HBMSim
import TileKernels

func copy(_ Qi: borrowing Tile<Queries, Features>) -> Tile<Queries, Features> {
  // expected-error@-1 {{'Qi' is borrowed and cannot be consumed}}
  let copy = Qi  // expected-note {{consumed here}}
  return copy
}

func program(_ core: borrowing Core, _ Q: HBMBlock<Queries, Features>) {
  let Qi = core.load(Q)  // expected-error {{'Qi' used after consume}}
  let copy = Qi  // expected-note {{consumed here}}
  _ = rowMax(copy)
  _ = rowMax(Qi)  // expected-note {{used here}}
}
