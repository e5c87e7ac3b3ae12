// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TestToken} from "./TestToken.sol";
import {Bomb} from "./Bomb.sol";

/// @title ReturnBombToken
/// @notice A token that, once armed, answers a transfer with megabytes, as a success or as a revert: a
/// caller that copies them pays for it.
contract ReturnBombToken is TestToken("Return bomb", "BOMB") {
    uint256 public size;
    bool public reverts;

    function arm(uint256 bytesReturned, bool asRevert) external {
        size = bytesReturned;
        reverts = asRevert;
    }

    function _move(address from, address to, uint256 amount) internal override {
        if (!reverts) super._move(from, to, amount);
        if (size != 0) Bomb.explode(size, reverts);
    }
}
