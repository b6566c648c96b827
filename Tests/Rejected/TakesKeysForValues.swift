// Adds P·K to the output: it may have the shape of P·V, and is something else.

import HBMSim
import TileKernels

func program(
  _ Oi: inout Tile<Queries, ValueFeatures>, _ Pij: borrowing Tile<Queries, Keys>,
  _ Kj: borrowing Tile<Keys, Features>
) {
  Oi.addProduct(Pij, Kj)
  // expected-error@-1 {{to expected argument type 'Tile<Keys, ValueFeatures>'}}
  // expected-note@-2 {{'Columns' ('Features' and 'ValueFeatures') are expected to be equal}}
}
