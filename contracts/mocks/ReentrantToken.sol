// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TestToken} from "./TestToken.sol";

/// @title ReentrantToken
/// @notice A token that makes a call of anyone's choice in the middle of a transfer.
contract ReentrantToken is TestToken("Reentrant", "AGAIN") {
    address private _target;
    bytes private _data;

    /// @notice What came of the last call made on the way: whether it succeeded, and its answer.
    bool public succeeded;
    bytes public answer;

    /// @notice From now on every transfer calls `target` with `data`, after the balances have moved. No
    /// target means no call.
    function setCall(address target, bytes calldata data) external {
        _target = target;
        _data = data;
    }

    function _move(address from, address to, uint256 amount) internal override {
        super._move(from, to, amount);
        // A call of any shape is what this token is for.
        // solhint-disable-next-line avoid-low-level-calls
        if (_target != address(0)) (succeeded, answer) = _target.call(_data);
    }
}
