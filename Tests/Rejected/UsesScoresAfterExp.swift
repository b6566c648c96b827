// Uses the scores after the exponential has taken over their memory.

import HBMSim
import TileKernels

func program(_ Qi: borrowing Tile<Queries, Features>, _ Kj: borrowing Tile<Keys, Features>) {
  let Sij = product(Qi, transposed: Kj)  // expected-error {{'Sij' used after consume}}
  let mij = rowMax(Sij)
  let Pij = exp(Sij, minus: mij)  // expected-note {{consumed here}}
  _ = rowSum(Pij)
  _ = rowSum(Sij)  // expected-note {{used here}}
}
