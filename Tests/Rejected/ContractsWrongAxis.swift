// Multiplies over the features of queries on one side, and something else on the other.

import HBMSim
import TileKernels

func program(
  _ Qi: borrowing Tile<Queries, Features>, _ Kj: borrowing Tile<Keys, Features>,
  _ Vj: borrowing Tile<Keys, ValueFeatures>, _ Sij: borrowing Tile<Queries, Keys>
) {
  _ = product(Qi, transposed: Vj)
  // expected-error@-1 {{to expected argument type 'Tile<Keys, Features>'}}
  // expected-note@-2 {{'Columns' ('ValueFeatures' and 'Features') are expected to be equal}}

  _ = product(Sij, transposed: Kj)
  // expected-error@-1 {{to expected argument type 'Tile<Keys, Keys>'}}
  // expected-note@-2 {{'Columns' ('Features' and 'Keys') are expected to be equal}}
}
