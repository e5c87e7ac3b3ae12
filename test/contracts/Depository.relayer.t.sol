// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Batch, IDepository, Transfer, Withdrawal} from "../../contracts/interfaces/IDepository.sol";
import {Packed} from "../../contracts/mocks/Packed.sol";
import {EntityId} from "../../contracts/types/Ids.sol";
import {DepositoryWorld} from "./support/DepositoryWorld.sol";
import {vm} from "./support/Vm.sol";

/// @notice A relayer with a contract of its own, that wants its fee or nothing happens.
contract Relay {
    function forward(IDepository depository, bytes calldata call, bytes calldata check) external {
        (bool sent, ) = address(depository).call(call);
        (bool read, bytes memory reserve) = address(depository).staticcall(check);
        require(sent && read && abi.decode(reserve, (uint256)) != 0, "no fee");
    }
}

/// @title DepositoryRelayer
/// @notice A batch can pay whoever sends it: a transfer to nobody is to the sender's own entity.
contract DepositoryRelayer is DepositoryWorld {
    function setUp() public {
        _createWorld();
    }

    function test_fee_goesToTheEntityOfWhoSends() public {
        _deposit(left, 100);
        _sendAs(stranger.wallet, _fee(7));
        assert(_reserve(stranger) == 7 && _reserve(left) == 93);
        assert(depository.reserveOf(EntityId.wrap(0), tokenId) == 0);
        _sendAs(right.wallet, _fee(5));
        assert(_reserve(stranger) == 7 && _reserve(right) == 5);
    }

    /// @dev Whoever sees it on its way can send it himself: the work is paid once, to who did it.
    function test_fee_isPaidOnce() public {
        _deposit(left, 100);
        bytes memory call = _callOf(_fee(7));
        vm.prank(stranger.wallet);
        (bool first, ) = address(depository).call(call);
        vm.prank(right.wallet);
        (bool second, ) = address(depository).call(call);
        assert(first && !second && _reserve(stranger) == 7 && _reserve(right) == 0);
    }

    function test_fee_toOneself_changesNothing() public {
        _deposit(left, 100);
        _sendAs(left.wallet, _fee(7));
        assert(_reserve(left) == 100);
    }

    /// @dev A peer who takes the reserve first must not stop the batch: so it is skipped as any spend is.
    function test_fee_isSkipped_whenTheReserveIsShort() public {
        _deposit(left, 6);
        _runSkipping(left, _fee(7), 0, IDepository.ReserveExceeded.selector);
        assert(_reserve(left) == 6 && depository.batchNonce(left.id) == 1);
    }

    /// @dev And a relayer who wants to be sure sends from a contract that looks, and reverts without its fee.
    function test_fee_canBeInsistedOn_byTheRelayersContract() public {
        Relay relay = new Relay();
        EntityId own = provider.soleEntity(address(relay));
        bytes memory check = abi.encodeCall(IDepository.reserveOf, (own, tokenId));
        _deposit(left, 6);
        bytes memory call = _callOf(_fee(7));
        vm.expectRevert();
        relay.forward(depository, call, check);
        assert(depository.batchNonce(left.id) == 0);

        _deposit(left, 1);
        relay.forward(depository, call, check);
        assert(depository.reserveOf(own, tokenId) == 7);
    }

    /// @dev The contract is the board of its entity, and takes its fees by calling.
    function test_fee_ofAContract_canBeTakenOut() public {
        _deposit(left, 100);
        EntityId own = provider.soleEntity(address(this));
        _run(left, _fee(7));
        Batch memory batch;
        batch.withdrawals = new Withdrawal[](1);
        batch.withdrawals[0] = Withdrawal(tokenId, address(0xbeef), 7);
        depository.processBatch(own, Packed.batch(batch), 0, uint64(block.timestamp), "");
        assert(token.balanceOf(address(0xbeef)) == 7);
    }

    function _fee(uint256 amount) private view returns (Batch memory batch) {
        batch.transfers = new Transfer[](1);
        batch.transfers[0] = Transfer(tokenId, EntityId.wrap(0), amount);
    }

    function _callOf(Batch memory batch) private view returns (bytes memory) {
        bytes memory data = Packed.batch(batch);
        (uint64 nonce, uint64 until) = (depository.batchNonce(left.id), uint64(block.timestamp));
        bytes memory signature = _signBatch(left, data, nonce, until);
        return abi.encodeCall(IDepository.processBatch, (left.id, data, nonce, until, signature));
    }

    function _sendAs(address sender, Batch memory batch) private {
        bytes memory call = _callOf(batch);
        vm.prank(sender);
        (bool ok, ) = address(depository).call(call);
        assert(ok);
    }
}
