// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arguments, ISubcontractProvider} from "../interfaces/ISubcontractProvider.sol";
import {Bomb} from "./Bomb.sol";

/// @title BombProvider
/// @notice A subcontract provider that answers with megabytes: its batch is
/// `abi.encode(uint256 size, bool asRevert)`.
contract BombProvider is ISubcontractProvider {
    function evaluate(
        int256[] calldata,
        bytes calldata batch,
        Arguments calldata,
        Arguments calldata
    ) external pure returns (int256[] memory, uint256) {
        (uint256 size, bool asRevert) = abi.decode(batch, (uint256, bool));
        Bomb.explode(size, asRevert);
    }
}
