// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDepository} from "../interfaces/IDepository.sol";
import {IERC20} from "../interfaces/IERC20.sol";
import {TokenId} from "../types/Ids.sol";
import {BoundedCalls} from "./BoundedCalls.sol";
import {TokenIds} from "./TokenIds.sol";

/// @title TokenTransfers
/// @notice Takes tokens in and gives them out, believing balances rather than answers.
/// @dev Whatever fails reverts. So nobody gains by sending too little gas along for a deposit; and a withdrawal is
/// granted beforehand, by {Spends}, all that its three calls may take.
library TokenTransfers {
    /// @notice What a token is granted to move an amount, or a receiver of ether to take it.
    /// @dev Generous on purpose: a token that comes to need more could never be withdrawn again.
    uint256 internal constant TRANSFER_GAS = 500_000;

    /// @notice What a token is granted to tell a balance.
    uint256 internal constant BALANCE_GAS = 100_000;

    /// @notice Takes `amount` of `token` from the caller of this contract.
    /// @return arrived What really came: all of the ether, or the difference of balances.
    function pull(TokenId token, uint256 amount) internal returns (uint256 arrived) {
        if (token == TokenIds.ETHER) {
            require(msg.value == amount, IDepository.ValueWrong(msg.value, amount));
            return amount;
        }
        require(msg.value == 0, IDepository.ValueWrong(msg.value, 0));
        return take(token, amount, _questionFor(amount));
    }

    /// @notice Calls an ERC-20 with `question`, which is to bring `amount` to this contract.
    /// @return arrived What really came: the difference of balances.
    function take(
        TokenId token,
        uint256 amount,
        bytes memory question
    ) internal returns (uint256 arrived) {
        require(TokenIds.isErc20(token), IDepository.TokenInvalid(token));
        uint256 before = _balance(token);
        require(
            _ask(TokenIds.addressOf(token), question),
            IDepository.TransferFailed(token, address(this), amount)
        );
        uint256 afterwards = _balance(token);
        require(afterwards > before, IDepository.NothingArrived(token, amount));
        arrived = afterwards - before;
    }

    /// @notice Gives `amount` of `token` to `to`, and reverts if that fails or costs more than `amount`.
    function push(TokenId token, address to, uint256 amount) internal {
        if (token == TokenIds.ETHER) {
            (bool ok, , ) = BoundedCalls.write(to, amount, TRANSFER_GAS, "");
            require(ok, IDepository.TransferFailed(token, to, amount));
            return;
        }
        uint256 before = _balance(token);
        bytes memory data = abi.encodeCall(IERC20.transfer, (to, amount));
        require(
            _ask(TokenIds.addressOf(token), data),
            IDepository.TransferFailed(token, to, amount)
        );
        uint256 afterwards = _balance(token);
        uint256 cost = before > afterwards ? before - afterwards : 0;
        require(cost <= amount, IDepository.WithdrawalCostsMore(token, amount, cost));
    }

    /// @dev `abi.encodeCall(IERC20.transferFrom, (msg.sender, address(this), amount))`, at half the cost.
    function _questionFor(uint256 amount) private view returns (bytes memory question) {
        bytes4 selector = IERC20.transferFrom.selector;
        // Takes five words: the length, which is 100, and the bytes.
        assembly ("memory-safe") {
            question := mload(64)
            mstore(64, add(question, 160))
            mstore(question, 100)
            mstore(add(question, 32), selector)
            mstore(add(question, 36), caller())
            mstore(add(question, 68), address())
            mstore(add(question, 100), amount)
        }
    }

    /// @dev Whether a contract stands at `token`, and did not revert nor answer anything but true.
    function _ask(address token, bytes memory data) private returns (bool) {
        (bool ok, uint256 size, uint256 answer) = BoundedCalls.tryWrite(
            token,
            0,
            TRANSFER_GAS,
            data
        );
        return ok && (size == 0 ? token.code.length != 0 : answer == 1);
    }

    function _balance(TokenId token) private view returns (uint256) {
        (bool ok, uint256 balance) = BoundedCalls.tryReadWord(
            TokenIds.addressOf(token),
            BALANCE_GAS,
            IERC20.balanceOf.selector,
            bytes32(uint256(uint160(address(this))))
        );
        require(ok, IDepository.TokenInvalid(token));
        return balance;
    }
}
