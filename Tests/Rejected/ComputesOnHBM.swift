// Computes on matrices that nobody has loaded into SRAM.

import HBMSim
import TileKernels

func program(
  _ Q: HBMMatrix<Queries, Features>, _ K: HBMMatrix<Keys, Features>,
  _ O: inout Tile<Queries, ValueFeatures>, _ P: HBMMatrix<Queries, Keys>,
  _ V: borrowing Tile<Keys, ValueFeatures>
) {
  O.addProduct(P, V)
  // expected-error@-1 {{'HBMMatrix<Queries, Keys>' to expected argument type 'Tile<Queries, Keys>'}}

  _ = product(Q, transposed: K)
  // expected-error@-1 {{'HBMMatrix<Queries, Features>' to expected argument type 'Tile<Rows, Depth>'}}
  // expected-error@-2 {{'HBMMatrix<Keys, Features>' to expected argument type 'Tile<Columns, Depth>'}}
  // expected-error@-3 3 {{could not be inferred}}
}
