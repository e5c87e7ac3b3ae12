// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TestToken} from "./TestToken.sol";

/// @title FeeToken
/// @notice A token that keeps a part of every transfer: less arrives than was sent.
contract FeeToken is TestToken("Fee", "FEE") {
    /// @notice Parts of a hundred that are burnt on the way.
    uint256 public feePercent = 1;

    function setFee(uint256 percent) external {
        feePercent = percent;
    }

    function _move(address from, address to, uint256 amount) internal override {
        super._move(from, to, amount);
        uint256 fee = (amount * feePercent) / 100;
        balanceOf[to] -= fee;
        totalSupply -= fee;
        emit Transfer(to, address(0), fee);
    }
}
